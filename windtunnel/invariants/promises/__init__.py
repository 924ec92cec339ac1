"""The promises that windtunnel makes of every run by itself, grouped by what they are about.

To add one of your own, write one function with one decorator in a file and name it with `--load FILE.py:NAME`; nothing
here needs to know it.
"""

from __future__ import annotations

from windtunnel.invariants.promise import Promise, promises
from windtunnel.invariants.promises.binding import FittingPodsAreBound, bound_once, filters_held
from windtunnel.invariants.promises.caches import CachesAreTrue
from windtunnel.invariants.promises.choices import ChosenNodesAreKnown
from windtunnel.invariants.promises.collection import orphans_are_collected, owned_objects_are_kept
from windtunnel.invariants.promises.differential import same_end_without_faults
from windtunnel.invariants.promises.disruption import (
    EvictionsUseTheBudget,
    budgets_are_counted,
)
from windtunnel.invariants.promises.endpoints import (
    endpoints_are_selected_pods,
    endpoints_match,
    hand_written_endpoints_are_left_alone,
)
from windtunnel.invariants.promises.exercise import (
    a_silent_node_is_tainted,
    a_tainted_node_loses_a_pod,
    an_ending_pod_stays_in_its_slice,
)
from windtunnel.invariants.promises.identities import OnePodPerName
from windtunnel.invariants.promises.kubelet import (
    AddressComesWithSandbox,
    RestartCountGrows,
    TerminalPhaseIsFinal,
    addresses_are_not_shared,
    bound_pods_run,
    terminating_pods_go,
)
from windtunnel.invariants.promises.leadership import (
    OneOfThemLeads,
    OnlyLeadersWrite,
    TermsDoNotOverlap,
    a_lease_changes_hands,
)
from windtunnel.invariants.promises.loops import NoHotLoop
from windtunnel.invariants.promises.lost_nodes import PodsOfLostNodesGo
from windtunnel.invariants.promises.machines import OneSandboxEach, TheEndIsFinal
from windtunnel.invariants.promises.metadata import (
    deletion_ends,
    deletion_is_final,
    finalizers_hold,
    generation_counts_the_spec,
)
from windtunnel.invariants.promises.namespaces import (
    NamespacesAreEmptied,
    terminating_namespaces_go,
)
from windtunnel.invariants.promises.node_death import (
    EvictionsAreCalledFor,
    TaintedNodesAreEmptied,
    ZonesInTroubleAreSpared,
    taints_follow_conditions,
)
from windtunnel.invariants.promises.ownership import (
    controllers_take_what_they_select,
    foreign_pods_are_left_alone,
    one_controlling_owner,
)
from windtunnel.invariants.promises.probes import ReadinessFollowsProbes
from windtunnel.invariants.promises.replicas import (
    NoSurplusIsCreated,
    a_lost_pod_is_replaced,
    replica_count,
)
from windtunnel.invariants.promises.selectors import (
    lists_show_what_is_selected,
    only_unselected_pods_are_released,
    selected_pods_are_owned,
)
from windtunnel.invariants.promises.services import ServicesShareNothing, WhatServicesLeaveIsFree
from windtunnel.invariants.promises.slices import (
    addresses_are_those_of_their_pods,
    addresses_lead_to_their_pods,
    hand_written_endpoints_are_mirrored,
    slices_are_selected_pods,
    slices_match,
)
from windtunnel.invariants.promises.stability import WhatIsReachedIsKept
from windtunnel.invariants.promises.store import NoLostUpdate, RevisionOrder, identity_stays
from windtunnel.invariants.promises.watch import CachesCatchUp, WatchesAreComplete

BUILT_IN: tuple[Promise, ...] = promises(
    replica_count,
    a_lost_pod_is_replaced,
    NoSurplusIsCreated,
    one_controlling_owner,
    controllers_take_what_they_select,
    foreign_pods_are_left_alone,
    only_unselected_pods_are_released,
    selected_pods_are_owned,
    lists_show_what_is_selected,
    endpoints_match,
    endpoints_are_selected_pods,
    hand_written_endpoints_are_left_alone,
    slices_match,
    slices_are_selected_pods,
    addresses_are_those_of_their_pods,
    addresses_lead_to_their_pods,
    hand_written_endpoints_are_mirrored,
    an_ending_pod_stays_in_its_slice,
    ServicesShareNothing,
    WhatServicesLeaveIsFree,
    bound_once,
    filters_held,
    ChosenNodesAreKnown,
    FittingPodsAreBound,
    RestartCountGrows,
    TerminalPhaseIsFinal,
    AddressComesWithSandbox,
    addresses_are_not_shared,
    bound_pods_run,
    terminating_pods_go,
    ReadinessFollowsProbes,
    TheEndIsFinal,
    OneSandboxEach,
    OnePodPerName,
    taints_follow_conditions,
    ZonesInTroubleAreSpared,
    a_silent_node_is_tainted,
    EvictionsAreCalledFor,
    TaintedNodesAreEmptied,
    a_tainted_node_loses_a_pod,
    PodsOfLostNodesGo,
    EvictionsUseTheBudget,
    budgets_are_counted,
    NamespacesAreEmptied,
    terminating_namespaces_go,
    owned_objects_are_kept,
    orphans_are_collected,
    finalizers_hold,
    deletion_is_final,
    deletion_ends,
    generation_counts_the_spec,
    RevisionOrder,
    identity_stays,
    NoLostUpdate,
    NoHotLoop,
    WhatIsReachedIsKept,
    same_end_without_faults,
    WatchesAreComplete,
    CachesAreTrue,
    CachesCatchUp,
    TermsDoNotOverlap,
    OnlyLeadersWrite,
    OneOfThemLeads,
    a_lease_changes_hands,
)
"""In the order in which they are listed and checked."""

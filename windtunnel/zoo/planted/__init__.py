"""One small file per planted defect; windtunnel.zoo.catalogue lists them."""

"""Files that carry a bundle into production: an image, Kubernetes objects, alert rules and dashboards."""

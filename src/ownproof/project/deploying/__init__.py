"""Deployment files: a folder that becomes an image, Kubernetes objects, dashboards; never over what a person changed."""

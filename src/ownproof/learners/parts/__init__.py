"""What several learners share: trees as arrays, and the writers of ONNX."""

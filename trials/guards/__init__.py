"""Takes out one guard of the service at a time, and looks whether the test that stands for it notices."""

"""The child-process programs: generation, the library, and hostile files."""

"""PLAIN: the same resources as a good team writes them first. Kept here to be measured against, and used nowhere else."""

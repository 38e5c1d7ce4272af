-- Who may run is a lock on a file beside the warehouse now: the system lets go of it when its process ends.
DROP TABLE base.locks;

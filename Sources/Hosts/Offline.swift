// Hosts and the C library render and read MIDI files by the same code.
@_exported import Offline

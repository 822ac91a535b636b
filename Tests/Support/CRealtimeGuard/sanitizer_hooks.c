// libsndfile 1.2 leaks libvorbis's part of a damaged Ogg file that it refuses: not ours to free.
const char *__lsan_default_suppressions(void) { return "leak:libvorbis\nleak:libsndfile\n"; }

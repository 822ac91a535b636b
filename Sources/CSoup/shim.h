// HTTP and WebSocket: libsoup.
#include <libsoup/soup.h>

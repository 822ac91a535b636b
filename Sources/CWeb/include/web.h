#ifndef WEFT_WEB_H
#define WEFT_WEB_H
#include "web_api.h"
const weft_web_functions *weft_web_library(void);
#endif

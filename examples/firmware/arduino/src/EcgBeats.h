/* EcgBeats.h: what a sketch includes. */
#ifndef ECG_BEATS_H
#define ECG_BEATS_H

#include "beats.h"

#endif

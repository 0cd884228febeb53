// main.cpp: marks the R peaks in twelve seconds of ECG, with Arduino's framework or none.
#include "beats.h"
#include "excerpt.h"

#ifdef ARDUINO
#include <Arduino.h>
#define SAY(...) Serial.printf(__VA_ARGS__)
#else
#include <stdio.h>
#define SAY(...) printf(__VA_ARGS__)
#endif

static struct beats beats;
static struct beats_memory memory;

static void mark() {
  beats_mark(&beats, &memory, excerpt, EXCERPT_SAMPLES);
  for (int i = 0; i < beats.n; i++) SAY("beat %2d at %5d ms\n", i + 1, beats.at[i] * 1000 / BEATS_RATE);
  SAY("%d beats by the network, %d by the classical detector; %d agree\n", beats.n, (int)EXCERPT_KNOWN,
      beats_agreeing(&beats, excerpt_known, EXCERPT_KNOWN));
}

#ifdef ARDUINO
void setup() {
  Serial.begin(115200);
  mark();
}

void loop() {
}
#else
int main() {
  mark();
  return 0;
}
#endif

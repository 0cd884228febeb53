// Beats: marks the R peaks in twelve seconds of ECG; look at the serial monitor at 115200 baud.
// For boards with 32 KB of RAM and more.
#include <EcgBeats.h>

#include "excerpt.h"

static struct beats beats;
static struct beats_memory memory;

void setup() {
  Serial.begin(115200);
  while (!Serial) {
  }
  beats_mark(&beats, &memory, excerpt, EXCERPT_SAMPLES);
  for (int i = 0; i < beats.n; i++) {
    Serial.print("beat at ");
    Serial.print((long)beats.at[i] * 1000 / BEATS_RATE);
    Serial.println(" ms");
  }
  Serial.print(beats.n);
  Serial.print(" beats by the network, ");
  Serial.print(EXCERPT_KNOWN);
  Serial.print(" by the classical detector; ");
  Serial.print(beats_agreeing(&beats, excerpt_known, EXCERPT_KNOWN));
  Serial.println(" agree");
}

void loop() {
}

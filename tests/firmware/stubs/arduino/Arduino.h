/* Arduino.h: as much of Arduino's core as the sketch uses, over the board of examples/firmware. */
#ifndef ARDUINO_H
#define ARDUINO_H

extern "C" {
#include "board.h"
}

struct serial {
	void begin(unsigned long baud) { (void)baud; }
	operator bool() { return true; }
	void print(const char *text) { board_text(text); }
	void print(long n) { board_number((uint32_t)n, 0); }
	void print(int n) { print((long)n); }
	void println(const char *text)
	{
		print(text);
		print("\n");
	}
};
inline serial Serial;

void setup();
void loop();

#endif

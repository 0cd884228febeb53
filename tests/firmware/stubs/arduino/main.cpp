/* main.cpp: what Arduino makes of a sketch: setup(), then loop(), here once. */
#include "Arduino.h"

int main()
{
	setup();
	loop();
	return 0;
}

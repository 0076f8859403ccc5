#include <errno.h>
#include <stdlib.h>

#include "os/linux/places.h"

void places_find(struct holders *holders)
{
	holders->places = calloc(1, sizeof *holders->places);
	if (!holders->places)
		holders->error = ENOMEM;
	else
		holders->place_count = 1;
}

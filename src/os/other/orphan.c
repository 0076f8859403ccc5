#include "os/orphan.h"

void orphan_ends(void)
{
}

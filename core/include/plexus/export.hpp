// Marks what libplexus exports on purpose; of that, only what the headers in plexus/ declare is for others.
#pragma once

#define PLEXUS_API __attribute__((visibility("default")))

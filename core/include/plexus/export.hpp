// Marks what libplexus is there for. It exports more, for its own tests: what is not marked is nobody else's.
#pragma once

#define PLEXUS_API __attribute__((visibility("default")))

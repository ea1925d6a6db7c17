// Marks what libplexus lets others see; everything else is compiled with hidden visibility.
#pragma once

#define PLEXUS_API __attribute__((visibility("default")))

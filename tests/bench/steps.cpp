// Does some training steps of a graph on one thread and prints nothing: for tests/bench/instructions to count in.
//   steps GRAPH BATCH COUNT
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/stepper.hpp"

int main(int argc, char** argv) try {
    if (argc != 4)
        return std::fputs("usage: steps GRAPH BATCH COUNT\n", stderr), 2;
    std::ifstream in(argv[1]);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::string was = "batch: 128";
    if (text.find(was) == std::string::npos)
        return std::fprintf(stderr, "%s: no '%s' in it\n", argv[1], was.c_str()), 2;
    text.replace(text.find(was), was.size(), std::string("batch: ") + argv[2]);
    plexus::test::Stepper stepper(text, {.threads = 1});
    for (int left = std::atoi(argv[3]); left > 0; --left)
        stepper.step();
    return 0;
} catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
}

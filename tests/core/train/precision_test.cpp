#include "core/train/precision.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ostream>
#include <string>

#include "core/plugin/instructions.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;

namespace {

Program program(const std::string& precision) {
    return parse_program(
        "data: {source: {synthetic: {shape: [4], classes: 3}}}\n"
        "network: [{dense: {units: 3}}]\n"
        "loss: softmax_cross_entropy\n"
        "train: {precision: " +
            precision + ", optimizer: {sgd: {learning_rate: 0.1}}}\n",
        "a.yaml", ".", {}, test::shipped_plugins().types());
}

std::string refusal(const Program& program) {
    try {
        refuse_slow_precision(program);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

/// As `--isa` sets it, for as long as this lives.
struct Cap {
    explicit Cap(const char* isa) { ::setenv("ONEDNN_MAX_CPU_ISA", isa, 1); }
    Cap(const Cap&) = delete;
    Cap& operator=(const Cap&) = delete;
    ~Cap() { ::unsetenv("ONEDNN_MAX_CPU_ISA"); }
};

}  // namespace

TEST_CASE("precision: bf16 is refused where it would be emulated") {
    const Cap cap("AVX2");
    CHECK(!has_bfloat16_instructions());
    CHECK(refusal(program("bf16")) ==
          "a.yaml:4:20: train.precision is bf16, for which this machine has no instructions (AVX-512 BF16), or --isa "
          "keeps kernels from them; float32 is what is fast here, and emulated_bf16 computes with such numbers too, "
          "slower than float32");
    CHECK(refusal(program("emulated_bf16")) == "");
    CHECK(refusal(program("float32")) == "");
}

TEST_CASE("precision: what this machine has no instructions for is emulated where nothing is refused") {
    const Cap cap("avx512_core_vnni");
    CHECK(precision_here(program("bf16")) == Precision::emulated_bf16);
    CHECK(precision_here(program("emulated_bf16")) == Precision::emulated_bf16);
    CHECK(precision_here(program("float32")) == Precision::float32);
}

#include "core/train/precision.hpp"

#include "core/plugin/instructions.hpp"
#include "plexus/error.hpp"

namespace plexus {

Precision precision_here(const Program& program) {
    if (!program.train || program.train->precision == "float32")
        return Precision::float32;
    return program.train->precision == "bf16" && has_bfloat16_instructions() ? Precision::bf16
                                                                             : Precision::emulated_bf16;
}

void refuse_slow_precision(const Program& program) {
    if (program.train && program.train->precision == "bf16" && !has_bfloat16_instructions())
        throw InputError(program.train->precision_position,
                         "train.precision is bf16, for which this machine has no instructions (AVX-512 BF16), or --isa "
                         "keeps kernels from them; float32 is what is fast here, and emulated_bf16 computes with such "
                         "numbers too, slower than float32");
}

}  // namespace plexus

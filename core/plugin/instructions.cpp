#include "core/plugin/instructions.hpp"

#include <cctype>
#include <cstdlib>
#include <string>

namespace plexus {

bool has_bfloat16_instructions() {
    // As oneDNN reads them: without regard to case.
    for (const char* name : {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"})
        if (const char* value = std::getenv(name)) {
            std::string cap;
            for (const char* c = value; *c != '\0'; ++c)
                cap += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
            if (cap.starts_with("sse") || cap.starts_with("avx2") || cap == "avx" || cap == "avx512_core" ||
                cap == "avx512_core_vnni")
                return false;
        }
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16") != 0;
#else
    return false;
#endif
}

}  // namespace plexus

// Calls of somebody's code in a child that hears of each, so that what the code does besides its work is told of it.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/contract/fault_report.hpp"
#include "core/contract/finding.hpp"

namespace plexus {

struct Supervision {
    std::string check;     ///< of the findings
    std::string subject;   ///< likewise
    bool fork = true;      ///< false: in this process, for a debugger; only the floating-point mode is looked at then
    bool threads = false;  ///< may be started
};

/// Does `work` in a child. Each line that it tells is a finding; so are a wrong access to memory, a thread or process
/// that is started, and another end than the child's own. A SampleError is thrown on.
[[nodiscard]] Findings supervise(const Supervision& how, const std::function<void()>& work);

/// In `work`: calls somebody's code, which is handed `memories` and is named `actor` in what is told of it. It has to
/// leave rounding and the treatment of denormal numbers as they were.
void supervised_call(const std::string& actor, std::vector<const NamedMemory*> memories,
                     const std::function<void()>& code);

}  // namespace plexus

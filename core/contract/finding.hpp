// What a check has to say against a type.
#pragma once
#include <ostream>
#include <string>
#include <vector>

namespace plexus {

struct Finding {
    std::string check;    ///< "gradients"
    std::string subject;  ///< "conv2d {filters: 3} on float32 [N, 8, 8, 3]"
    std::string what;
};

using Findings = std::vector<Finding>;

inline void append(Findings& all, Findings more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

inline std::ostream& operator<<(std::ostream& out, const Finding& finding) {
    return out << finding.check << ": " << finding.subject << ": " << finding.what;
}

}  // namespace plexus

#include "kernels/lines.hpp"

#include <algorithm>

namespace plexus::kernels {

std::vector<Line> lines_of(const Window& w, Pass pass) {
    const bool forward = pass == Pass::forward;
    std::vector<Line> lines;
    for (std::int64_t i = 0; i < (forward ? w.count() : w.extent); ++i) {
        Line one;
        for (std::int64_t e = 0; e < w.size; ++e) {
            const std::int64_t at = forward ? i * w.stride + e * w.dilation - w.before : i - e * w.dilation + w.before;
            const std::int64_t factor = forward ? at : at / w.stride;
            if (at < 0 || factor >= (forward ? w.extent : w.count()) || (!forward && at % w.stride != 0))
                continue;
            one.elements.push_back(e);
            one.places.push_back(factor);
        }
        auto like = std::find_if(lines.begin(), lines.end(), [&](const Line& l) { return l.elements == one.elements; });
        if (like == lines.end()) {
            lines.push_back(one);
            like = lines.end() - 1;
            for (std::int64_t& place : like->places)
                place -= one.places.front();
        }
        like->results.push_back(i);
        like->origins.push_back(one.places.empty() ? 0 : one.places.front());
    }
    return lines;
}

}  // namespace plexus::kernels

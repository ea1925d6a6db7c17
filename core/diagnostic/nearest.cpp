#include "core/diagnostic/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <tuple>

namespace plexus {

namespace {

// Longer names are compared up to here only: the work grows with the square, and a name may come from a hostile file.
constexpr std::size_t longest = 64;

std::string plain(std::string_view name) {
    std::string letters;
    for (const char c : name)
        if (c != '_' && c != '-')
            letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return letters;
}

std::size_t distance(std::string_view a, std::string_view b) {
    a = a.substr(0, longest);
    b = b.substr(0, longest);
    std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, previous);
        std::swap(previous, row);
    }
    return previous[b.size()];
}

}  // namespace

std::string nearest(std::string_view name, std::span<const std::string> candidates) {
    const std::string wanted = plain(name);
    const std::size_t allowed = std::max<std::size_t>(1, std::min(wanted.size(), longest) / 3);
    using Score = std::tuple<std::size_t, std::size_t>;
    Score best{allowed + 1, 0};
    std::string found;
    for (const std::string& candidate : candidates) {
        const std::string letters = plain(candidate);
        std::size_t apart = distance(wanted, letters);
        if (wanted.size() >= 4 && letters.starts_with(wanted))
            apart = std::min(apart, allowed);
        // Two names of one letter have nothing in common.
        if (apart > allowed || apart >= std::max(wanted.size(), letters.size()))
            continue;
        const Score score{apart, distance(name, candidate)};
        if (score < best) {
            best = score;
            found = candidate;
        }
    }
    return found;
}

std::string suggestion(std::string_view name, std::span<const std::string> candidates, std::string_view otherwise) {
    if (const std::string near = nearest(name, candidates); !near.empty())
        return "; did you mean '" + near + "'?";
    if (candidates.empty())
        return {};
    constexpr std::size_t shown = 10;
    std::string list = "; " + std::string(otherwise) + " ";
    for (std::size_t i = 0; i < std::min(shown, candidates.size()); ++i)
        list += (i == 0 ? "" : ", ") + candidates[i];
    return candidates.size() > shown ? list + ", ..." : list;
}

std::string alternatives(std::span<const std::string> names) {
    std::string list;
    for (std::size_t i = 0; i < names.size(); ++i)
        list += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
    return list;
}

}  // namespace plexus

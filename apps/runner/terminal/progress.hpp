// A bar that is drawn again and again on one line of a terminal.
#pragma once
#include <chrono>
#include <cstdio>
#include <string>

namespace runner {

/// Draws on a terminal and nowhere else; there it never draws more than ten times a second.
class Progress {
public:
    explicit Progress(std::FILE* stream);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { clear(); }

    /// True if it is time to draw again: ask before making the texts.
    [[nodiscard]] bool due() const;
    /// "<before> [=====>    ] <after>", cut to the line.
    void draw(const std::string& before, double share, const std::string& after);
    /// Takes the bar away, so that something else may be printed.
    void clear();

private:
    std::FILE* stream_;
    bool terminal_;
    bool unicode_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace runner

// What a person did wrong, or what went wrong while running, with the place where it can be mended.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

#include "plexus/export.hpp"

namespace plexus {

/// A place in a program text. `file` may also be `--set` or a path inside a checkpoint (`best.h5:/graph`).
/// Lines and columns count from 1; 0 means unknown and is not printed.
struct Position {
    std::string file;        ///< empty: the place is not known
    int line = 0;            ///< of the text
    int column = 0;          ///< in the line
    std::string chain = {};  ///< what a template or a repeat was expanding: "in model cnn, block2/pool"

    /// Whether there is anything to print.
    [[nodiscard]] bool known() const { return !file.empty(); }
};

/// "file:line:column", leaving out what is unknown. The chain is not part of it.
[[nodiscard]] PLEXUS_API std::string to_string(const Position& position);

/// Anything that Plexus reports to a person. The text is complete: place, what was wrong, what to do.
class PLEXUS_API Error : public std::runtime_error {
public:
    /// For whoever does not know the place; whoever does throws anew with it.
    explicit Error(const std::string& message);
    /// what() is "file:line:column: message", and the chain.
    Error(const Position& position, const std::string& message);
    ~Error() override;

    /// Not known() where none was given.
    [[nodiscard]] const Position& position() const noexcept { return position_; }

private:
    Position position_;
};

/// The user's input is at fault: exit code 2.
class PLEXUS_API InputError : public Error {
public:
    using Error::Error;
    ~InputError() override;
};

/// The machine or the data failed while running: exit code 1.
class PLEXUS_API RunError : public Error {
public:
    using Error::Error;
    ~RunError() override;
};

/// A RunError of one sample of a batch, as a label out of range. A layer throws it while running; who fed the batch
/// adds which sample of the data that is.
class PLEXUS_API SampleError : public RunError {
public:
    /// `sample` counts from the batch's first: StepContext::first() + the sample's place in the slice.
    SampleError(std::int64_t sample, const std::string& message);
    /// Likewise, by whoever knows the node.
    SampleError(std::int64_t sample, const Position& position, const std::string& message);
    ~SampleError() override;

    /// In the batch, from 0.
    [[nodiscard]] std::int64_t sample() const noexcept { return sample_; }

private:
    std::int64_t sample_;
};

}  // namespace plexus

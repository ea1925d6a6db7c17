// What holds data, with one fault each.
#include "data.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <thread>
#include <vector>

namespace planted {
namespace {

using namespace plexus;

// Writes bytes, and reads them back to front.
struct Backwards final : Format {
    explicit Backwards(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path& file) const override {
        std::ifstream stream{file, std::ios::binary};
        std::string bytes{std::istreambuf_iterator<char>{stream}, {}};
        if (bytes.empty())
            throw InputError(file.string() + " is empty or missing");
        Array array({{static_cast<std::int64_t>(bytes.size())}, Element::uint8});
        std::ranges::copy(bytes.rbegin(), bytes.rend(), array.as<std::uint8_t>().begin());
        return array;
    }
    void write(const std::filesystem::path& file, const ConstTensor& tensor) const override {
        if (tensor.type.element != Element::uint8 || tensor.shape().rank() != 1)
            throw InputError(file.string() + " can hold bytes alone");
        const auto bytes = tensor.as<std::uint8_t>();
        std::ofstream{file, std::ios::binary}.write(reinterpret_cast<const char*>(bytes.data()),
                                                    static_cast<std::streamsize>(bytes.size()));
    }
};

struct NamesNoFile final : Format {
    explicit NamesNoFile(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path&) const override { throw InputError("the file is damaged"); }
};

// Writes zeros over what it was given.
struct WritesArray final : Format {
    explicit WritesArray(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path& file) const override {
        throw InputError(file.string() + " cannot be read");
    }
    void write(const std::filesystem::path&, const ConstTensor& tensor) const override {
        std::fill_n(static_cast<std::byte*>(const_cast<void*>(tensor.data)), tensor.type.bytes(), std::byte{});
    }
};

// No fault: sample i is its index, four times, and its class.
struct Indices : Dataset {
    explicit Indices(const Attributes&) {}
    [[nodiscard]] std::size_t size() const override { return 100; }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }
    [[nodiscard]] std::vector<std::string> classes() const override { return {"a", "b", "c"}; }
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        std::ranges::fill(sample[0].as<std::uint8_t>(), static_cast<std::uint8_t>(index));
        sample[1].as<std::int32_t>()[0] = static_cast<std::int32_t>(index % 3);
    }

protected:
    std::vector<SampleTensor> tensors_{{"x", {{4}, Element::uint8}}, {"label", {{}, Element::int32}}};
};

// A sample is another each time.
struct Restless final : Indices {
    using Indices::Indices;
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        Indices::read(index, sample);
        sample[0].as<std::uint8_t>()[0] = ++count_;
    }
    mutable std::atomic<std::uint8_t> count_ = 0;
};

struct LeavesLabelOut final : Indices {
    using Indices::Indices;
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        if (index != 99)
            return Indices::read(index, sample);
        std::ranges::fill(sample[0].as<std::uint8_t>(), std::uint8_t{99});
    }
};

struct LeavesByteOut final : Indices {
    using Indices::Indices;
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        const auto x = sample[0].as<std::uint8_t>();
        std::ranges::fill(x.first(3), static_cast<std::uint8_t>(index));
        sample[1].as<std::int32_t>()[0] = 0;
    }
};

// Classes are counted from 1.
struct CountsFromOne final : Indices {
    using Indices::Indices;
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        Indices::read(index, sample);
        ++sample[1].as<std::int32_t>()[0];
    }
};

struct ReadsBeyond final : Indices {
    using Indices::Indices;
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        Indices::read(index, sample);
        *(sample[0].as<std::uint8_t>().data() + 4) = 0;
    }
};

// Samples go through one buffer, whoever reads.
struct SharesBuffer final : Indices {
    using Indices::Indices;
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        Indices::read(index, sample);
        buffer_ = static_cast<std::uint8_t>(index);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        std::ranges::fill(sample[0].as<std::uint8_t>(), buffer_.load());
    }
    mutable std::atomic<std::uint8_t> buffer_ = 0;
};

struct Shrinks final : Indices {
    using Indices::Indices;
    [[nodiscard]] std::size_t size() const override { return size_; }
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        Indices::read(index, sample);
        size_ = 99;
    }
    mutable std::atomic<std::size_t> size_ = 100;
};

struct Retypes final : Indices {
    using Indices::Indices;
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return retyped_ ? others_ : tensors_; }
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        Indices::read(index, sample);
        retyped_ = true;
    }
    std::vector<SampleTensor> others_{{"x", {{2}, Element::uint8}}, {"label", {{}, Element::int32}}};
    mutable std::atomic<bool> retyped_ = false;
};

struct HoldsAllOut final : Indices {
    using Indices::Indices;
    [[nodiscard]] std::size_t held_out() const override { return size(); }
};

// One stream is longer than the others.
struct UnevenStreams final : Indices {
    using Indices::Indices;
    [[nodiscard]] std::size_t streams() const override { return 3; }
};

struct CrashesWhenMade final : Indices {
    explicit CrashesWhenMade(const Attributes& a) : Indices(a) { std::abort(); }
};

struct RefusesWhileReading final : Indices {
    using Indices::Indices;
    void read(std::size_t, std::span<const Tensor>) const override { throw InputError("no more"); }
};

struct NotFiniteInTheMiddle final : Dataset {
    explicit NotFiniteInTheMiddle(const Attributes&) {}
    [[nodiscard]] std::size_t size() const override { return 100; }
    [[nodiscard]] std::span<const SampleTensor> tensors() const override { return tensors_; }
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        const bool middle = index > 30 && index < 70;
        std::ranges::fill(sample[0].as(), middle ? std::numeric_limits<float>::quiet_NaN() : 1.0F);
    }
    std::vector<SampleTensor> tensors_{{"x", {{4}, Element::float32}}};
};

// No fault: a sample that is damaged is named.
struct OneIsDamaged final : Indices {
    using Indices::Indices;
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        if (index == 2)
            throw RunError("record 2 is damaged");
        Indices::read(index, sample);
    }
};

// No fault: threads are a data set's own business; one from the start, one for each sample.
struct HasThreads final : Indices {
    explicit HasThreads(const Attributes& a) : Indices(a) {}
    void read(std::size_t index, std::span<const Tensor> sample) const override {
        wanted_ = true;
        while (!served_)
            std::this_thread::yield();
        std::jthread([&] { Indices::read(index, sample); }).join();
    }
    mutable std::atomic<bool> wanted_ = false, served_ = false;
    std::jthread server_{[this](const std::stop_token& stop) {
        while (!stop.stop_requested() && !wanted_)
            std::this_thread::yield();
        served_ = true;
    }};
};

// No fault, but nothing can be read without a file; a line a sample.
struct Lines final : Indices {
    Lines(const Attributes& a, const Factory& factory) : Indices(a) {
        std::ifstream file{factory.path(a, "file")};
        if (!file)
            throw a.error("file", text(factory.path(a, "file").string(), ": there is no such file"));
        for (std::string line; std::getline(file, line);)
            ++lines_;
    }
    [[nodiscard]] std::size_t size() const override { return lines_; }
    std::size_t lines_ = 0;
};

}  // namespace

void add_data(Registry& registry) {
    registry.format<Backwards>("backwards", "bytes").extensions({"backwards"});
    registry.format<NamesNoFile>("names_no_file", "nothing").extensions({"nameless"});
    registry.format<WritesArray>("writes_array", "nothing").extensions({"zeros"});
    registry.dataset<Indices>("indices", "numbers");
    registry.dataset<Restless>("restless", "numbers");
    registry.dataset<LeavesLabelOut>("leaves_label_out", "numbers");
    registry.dataset<LeavesByteOut>("leaves_byte_out", "numbers");
    registry.dataset<CountsFromOne>("counts_from_one", "numbers");
    registry.dataset<ReadsBeyond>("reads_beyond", "numbers");
    registry.dataset<SharesBuffer>("shares_buffer", "numbers");
    registry.dataset<Shrinks>("shrinks", "numbers");
    registry.dataset<Retypes>("retypes", "numbers");
    registry.dataset<HoldsAllOut>("holds_all_out", "numbers");
    registry.dataset<UnevenStreams>("uneven_streams", "numbers");
    registry.dataset<CrashesWhenMade>("crashes_when_made", "numbers");
    registry.dataset<RefusesWhileReading>("refuses_while_reading", "numbers");
    registry.dataset<NotFiniteInTheMiddle>("not_finite_in_the_middle", "numbers");
    registry.dataset<OneIsDamaged>("one_is_damaged", "numbers");
    registry.dataset<HasThreads>("has_threads", "numbers");
    registry.dataset<Lines>("lines", "numbers").required("file", AttributeSpec::Form::string, "a line a sample");
}

}  // namespace planted

#include "core/contract/dataset_check.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <latch>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "core/contract/child.hpp"
#include "core/contract/running.hpp"
#include "core/contract/supervised.hpp"
#include "plexus/dataset.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

std::set<std::size_t> chosen_samples(std::size_t size) {
    constexpr std::size_t first = 5, parts = 8;
    std::set<std::size_t> chosen{size - 1};
    for (std::size_t i = 0; i < std::min(size, first); ++i)
        chosen.insert(i);
    for (std::size_t part = 1; part < parts; ++part)
        chosen.insert(std::min(size - 1, size / parts * part + part));
    return chosen;
}

bool same_tensors(std::span<const SampleTensor> a, std::span<const SampleTensor> b) {
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.name == y.name && x.type == y.type; });
}

// Memory for one sample, each tensor between guards.
class Room {
public:
    Room(std::span<const SampleTensor> tensors, GuardedMemory::Against side) {
        for (const SampleTensor& tensor : tensors) {
            memories_.push_back(
                {text("tensor '", tensor.name, "'"), {tensor.type.bytes(), side, size_of(tensor.type.element)}});
            views_.push_back({memories_.back().memory.data(), tensor.type});
        }
    }
    void fill(std::byte rubbish) const {
        for (const NamedMemory& named : memories_)
            std::fill_n(named.memory.data(), named.memory.bytes(), rubbish);
    }
    [[nodiscard]] const std::vector<NamedMemory>& memories() const noexcept { return memories_; }
    [[nodiscard]] std::span<const Tensor> views() const noexcept { return views_; }

private:
    std::vector<NamedMemory> memories_;
    std::vector<Tensor> views_;
};

// One sample as it was read.
struct Sample {
    std::size_t index = 0;
    std::vector<Array> tensors;
    std::optional<std::string> unreadable;  // what a RunError said
    std::string fault;                      // what another exception said

    friend bool operator==(const Sample& a, const Sample& b) {
        const auto same = [](const Array& x, const Array& y) {
            return std::memcmp(x.view().data, y.view().data, x.type().bytes()) == 0;
        };
        return a.unreadable.has_value() == b.unreadable.has_value() && std::ranges::equal(a.tensors, b.tensors, same);
    }
};

// On any thread.
Sample read_into(const Room& room, const Dataset& data, std::size_t index) {
    Sample sample{.index = index, .tensors = {}, .unreadable = {}, .fault = {}};
    try {
        data.read(index, room.views());
    } catch (const RunError& error) {
        sample.unreadable = error.what();
        return sample;
    } catch (const std::exception& error) {
        sample.fault = text("what is no RunError: ", error.what());
        return sample;
    } catch (...) {
        sample.fault = "what is no std::exception";
        return sample;
    }
    for (const Tensor& view : room.views()) {
        sample.tensors.emplace_back(view.type);
        std::memcpy(sample.tensors.back().view().data, view.data, view.type.bytes());
    }
    return sample;
}

class DatasetCheck {
public:
    explicit DatasetCheck(const Dataset& data)
        : data_(data), size_(data.size()), tensors_(data.tensors().begin(), data.tensors().end()) {}

    // In a child.
    void run() {
        if (size_ == 0 || tensors_.empty())
            return tell("has no samples, or samples without tensors");
        if (!read_once() || !read_again() || !look_at_numbers())
            return;
        look_at_labels();
        look_at_parts();
        read_on_two_threads();
        if (data_.size() != size_)
            tell(text("size() is ", size_, " at first, and ", data_.size(), " when samples were read"));
        if (!same_tensors(data_.tensors(), tensors_))
            tell("tensors() are others when samples were read");
    }

private:
    static constexpr std::array<std::byte, 2> rubbish{std::byte{0xA5}, std::byte{0x5A}};

    Sample read(std::size_t index, GuardedMemory::Against side, std::byte filling) {
        const Room room(tensors_, side);
        room.fill(filling);
        const std::string actor = text("read() of sample ", index);
        std::vector<const NamedMemory*> handed;
        for (const NamedMemory& named : room.memories())
            handed.push_back(&named);
        Sample sample;
        supervised_call(actor, std::move(handed), [&] { sample = read_into(room, data_, index); });
        for (const NamedMemory& named : room.memories())
            if (named.memory.disturbed())
                tell(text(actor, " writes to bytes around ", named.name));
        if (!sample.fault.empty())
            tell(text(actor, " throws ", sample.fault));
        return sample;
    }

    // This and what follows: whether there was nothing to object to.
    bool read_once() {
        bool any = false;
        for (const std::size_t index : chosen_samples(size_)) {
            once_.push_back(read(index, GuardedMemory::Against::end, rubbish[0]));
            if (!once_.back().fault.empty())
                return false;
            any = any || !once_.back().unreadable;
        }
        if (!any)
            throw SampleError(0, "reads none of its samples: " + *once_[0].unreadable);
        return true;
    }

    // The other way round, with other rubbish in the memory.
    bool read_again() {
        for (std::size_t i = once_.size(); i-- > 0;) {
            const Sample again = read(once_[i].index, GuardedMemory::Against::start, rubbish[1]);
            if (!again.fault.empty())
                return false;
            if (again == once_[i])
                continue;
            const std::string left_out = never_assigned(once_[i], again);
            tell(left_out.empty() ? text("sample ", once_[i].index, " is another when it is read again") : left_out);
            return false;
        }
        return true;
    }

    // Both times an element is as it was filled.
    std::string never_assigned(const Sample& first, const Sample& second) const {
        for (std::size_t t = 0; t < std::min(first.tensors.size(), second.tensors.size()); ++t) {
            const std::size_t size = size_of(tensors_[t].type.element);
            const auto untouched = [&](const Sample& sample, std::size_t element, std::byte filling) {
                const auto* start = static_cast<const std::byte*>(sample.tensors[t].view().data) + element * size;
                return std::all_of(start, start + size, [&](std::byte b) { return b == filling; });
            };
            for (std::size_t k = 0; k < static_cast<std::size_t>(tensors_[t].type.shape.elements()); ++k)
                if (untouched(first, k, rubbish[0]) && untouched(second, k, rubbish[1]))
                    return text("read() of sample ", first.index, " never assigns element ", k, " of tensor '",
                                tensors_[t].name, "'");
        }
        return {};
    }

    [[nodiscard]] bool look_at_numbers() const {
        for (const Sample& sample : once_)
            for (std::size_t t = 0; t < sample.tensors.size(); ++t)
                for (std::size_t k = 0; k < static_cast<std::size_t>(tensors_[t].type.shape.elements()); ++k)
                    if (const double number = number_at(sample.tensors[t], k); !std::isfinite(number)) {
                        tell(text("sample ", sample.index, " holds ", number, " at element ", k, " of tensor '",
                                  tensors_[t].name, "'"));
                        return false;
                    }
        return true;
    }

    // The first tensor is what a network looks at; of two others nobody knows which one is the class.
    void look_at_labels() {
        std::vector<std::string> classes;
        supervised_call("classes()", {}, [&] { classes = data_.classes(); });
        const auto is_integer = [](const SampleTensor& tensor) { return tensor.type.element == Element::int32; };
        if (classes.empty() || std::count_if(tensors_.begin() + 1, tensors_.end(), is_integer) != 1)
            return;
        const auto found = std::find_if(tensors_.begin() + 1, tensors_.end(), is_integer);
        if (found->type.shape.rank() != 0)  // of several, some may mean that there is none
            return;
        const auto t = static_cast<std::size_t>(found - tensors_.begin());
        for (const Sample& sample : once_) {
            if (t >= sample.tensors.size())
                continue;
            const std::int32_t label = sample.tensors[t].as<std::int32_t>()[0];
            if (label < 0 || static_cast<std::size_t>(label) >= classes.size())
                return tell(text("sample ", sample.index, " has the label ", label, " in tensor '", tensors_[t].name,
                                 "'; with ", classes.size(), " classes, labels are 0 to ", classes.size() - 1));
        }
    }

    void look_at_parts() const {
        std::size_t held_out = 0;
        std::size_t streams = 0;
        supervised_call("held_out()", {}, [&] { held_out = data_.held_out(); });
        supervised_call("streams()", {}, [&] { streams = data_.streams(); });
        if (held_out >= size_)
            return tell(text("held_out() is ", held_out, " of ", size_, " samples; some must be left to train on"));
        if (streams != 0 && ((size_ - held_out) % streams != 0 || held_out % streams != 0))
            tell(text("streams() is ", streams, ", which divides ", size_ - held_out, " samples and ", held_out,
                      " held out not evenly"));
    }

    void read_on_two_threads() {
        const std::array<Room, 2> rooms{Room(tensors_, GuardedMemory::Against::end),
                                        Room(tensors_, GuardedMemory::Against::end)};
        std::array<std::string, 2> faults;
        std::latch start(2);
        const auto read_all = [&](std::size_t thread) {
            start.arrive_and_wait();
            for (std::size_t i = 0; i < once_.size(); ++i) {
                const Sample& before = once_[thread == 0 ? i : once_.size() - 1 - i];
                const Sample now = read_into(rooms[thread], data_, before.index);
                if (!now.fault.empty())
                    faults[thread] = text("read() of sample ", before.index, " throws ", now.fault);
                else if (!(now == before))
                    faults[thread] = text("sample ", before.index, " is another");
                else
                    continue;
                return;
            }
        };
        std::vector<const NamedMemory*> handed;
        for (const Room& room : rooms)
            for (const NamedMemory& named : room.memories())
                handed.push_back(&named);
        supervised_call("read() on two threads at once", std::move(handed), [&] {
            std::thread other(read_all, 1);
            read_all(0);
            other.join();
        });
        for (const std::string& fault : faults)
            if (!fault.empty())
                return tell("when two threads read at once, " + fault);
    }

    const Dataset& data_;
    std::size_t size_;
    std::vector<SampleTensor> tensors_;
    std::vector<Sample> once_;
};

}  // namespace

UsesTried check_dataset(const Schema& schema, const Types& types, const UseSettings& settings) {
    const auto factory = types.factory(".");
    return try_uses(schema, types, settings, [&](const TypedValue& use, const std::string& written) {
        // Made in the child: the threads that it may have would not come along.
        const auto work = [&] {
            std::unique_ptr<Dataset> data;
            supervised_call("it, when it is made,", {}, [&] {
                try {
                    data = types.dataset(use, *factory);
                } catch (const InputError& refusal) {
                    throw SampleError(0, refusal.what());
                }
            });
            DatasetCheck{*data}.run();
        };
        try {
            return supervise({.check = std::string(to_string(Kind::dataset)),
                              .subject = written,
                              .fork = settings.fork,
                              .threads = true},
                             work);
        } catch (const SampleError& refusal) {
            throw InputError(refusal.what());
        }
    });
}

}  // namespace plexus

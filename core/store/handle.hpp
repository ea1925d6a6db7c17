// Owns one HDF5 identifier and closes it.
#pragma once
#include <hdf5.h>

#include <utility>

namespace plexus::store {

class Handle {
public:
    Handle() = default;
    Handle(hid_t id, herr_t (*closer)(hid_t)) noexcept : id_{id}, close_{closer} {}
    Handle(Handle&& other) noexcept : id_{std::exchange(other.id_, -1)}, close_{other.close_} {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(id_, other.id_);
        std::swap(close_, other.close_);
        return *this;
    }
    ~Handle() { close(); }

    /// False if the call that should have made the identifier failed.
    explicit operator bool() const noexcept { return id_ >= 0; }
    [[nodiscard]] hid_t id() const noexcept { return id_; }

    /// Closes now; negative if that failed.
    herr_t close() noexcept { return id_ >= 0 ? close_(std::exchange(id_, -1)) : 0; }

private:
    hid_t id_ = -1;
    herr_t (*close_)(hid_t) = nullptr;
};

}  // namespace plexus::store

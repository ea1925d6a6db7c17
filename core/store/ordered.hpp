// A map that keeps the order in which its names were added, as a person wrote them.
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plexus::store {

template <class T>
class Ordered {
public:
    using Entry = std::pair<std::string, T>;

    /// Adds at the end; a name that is there keeps its place and gets the new value.
    T& set(std::string_view name, T value) {
        if (T* old = find(name))
            return *old = std::move(value);
        places_.emplace(name, entries_.size());
        return entries_.emplace_back(name, std::move(value)).second;
    }

    [[nodiscard]] const T* find(std::string_view name) const {
        const auto place = places_.find(name);
        return place == places_.end() ? nullptr : &entries_[place->second].second;
    }
    [[nodiscard]] T* find(std::string_view name) { return const_cast<T*>(std::as_const(*this).find(name)); }

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] auto begin() const noexcept { return entries_.cbegin(); }
    [[nodiscard]] auto end() const noexcept { return entries_.cend(); }

    friend bool operator==(const Ordered& a, const Ordered& b) { return a.entries_ == b.entries_; }

private:
    std::vector<Entry> entries_;
    std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace plexus::store

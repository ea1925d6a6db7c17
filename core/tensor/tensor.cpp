#include "plexus/tensor.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <ostream>
#include <utility>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// A cache line, and the widest vector: what kernels like their tensors to start at.
constexpr std::align_val_t alignment{64};

void* allocate(const TensorType& type) {
    // One byte at least, so that an array without elements is not an absent tensor.
    return ::operator new(std::max<std::size_t>(type.bytes(), 1), alignment);
}

}  // namespace

std::size_t size_of(Element element) noexcept {
    switch (element) {
        case Element::float32:
        case Element::int32:
            return 4;
        case Element::float64:
            return 8;
        case Element::bfloat16:
            return 2;
        case Element::uint8:
            return 1;
    }
    return 0;
}

std::string_view to_string(Element element) noexcept {
    switch (element) {
        case Element::float32:
            return "float32";
        case Element::float64:
            return "float64";
        case Element::int32:
            return "int32";
        case Element::uint8:
            return "uint8";
        case Element::bfloat16:
            return "bfloat16";
    }
    return "?";
}

std::ostream& operator<<(std::ostream& out, Element element) {
    return out << to_string(element);
}

Array::Array(const TensorType& type) : view_{allocate(type), type} {
    std::memset(view_.data, 0, type.bytes());
}

Array::Array(const Array& other) : view_{other.view_.data ? allocate(other.type()) : nullptr, other.type()} {
    if (view_.data)
        std::memcpy(view_.data, other.view_.data, type().bytes());
}

Array::Array(Array&& other) noexcept : view_(std::exchange(other.view_, {})) {}

Array& Array::operator=(Array other) noexcept {
    std::swap(view_, other.view_);
    return *this;
}

Array::~Array() {
    ::operator delete(view_.data, alignment);
}

void Array::reshape(const Shape& shape) {
    if (shape.elements() != view_.type.shape.elements())
        throw InputError(
            text("an array of shape ", view_.type.shape, " cannot become ", shape, ": the number of elements differs"));
    view_.type.shape = shape;
}

}  // namespace plexus

// A shape, an element type and a place in memory. Views only: nothing here owns memory, but for Array.
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "plexus/bfloat16.hpp"
#include "plexus/shape.hpp"

namespace plexus {

/// What a tensor's elements are.
enum class Element : std::uint8_t { float32, float64, int32, uint8, bfloat16 };

/// In bytes.
[[nodiscard]] PLEXUS_API std::size_t size_of(Element element) noexcept;
/// "float32", "uint8", ...
[[nodiscard]] PLEXUS_API std::string_view to_string(Element element) noexcept;
/// As to_string().
PLEXUS_API std::ostream& operator<<(std::ostream& out, Element element);

/// The element that a C++ type is.
template <class T>
inline constexpr Element element_of = Element{};
template <>
inline constexpr Element element_of<float> = Element::float32;
template <>
inline constexpr Element element_of<double> = Element::float64;
template <>
inline constexpr Element element_of<bfloat16> = Element::bfloat16;
template <>
inline constexpr Element element_of<std::int32_t> = Element::int32;
template <>
inline constexpr Element element_of<std::uint8_t> = Element::uint8;

/// What a tensor is, without its place. Dense, row-major, channels last.
struct TensorType {
    Shape shape;                         ///< with the samples, [N, ...], or of one sample: who gives it says which
    Element element = Element::float32;  ///< of all elements

    /// That all elements take.
    [[nodiscard]] std::size_t bytes() const noexcept {
        return static_cast<std::size_t>(shape.elements()) * size_of(element);
    }
    friend bool operator==(const TensorType&, const TensorType&) = default;
};

/// A tensor that may be read. An absent tensor (nobody gave it, nobody wants it) is empty and converts to false.
struct ConstTensor {
    const void* data = nullptr;  ///< the first element, or null
    TensorType type;             ///< shape and element

    /// Whether it is there.
    explicit operator bool() const noexcept { return data != nullptr; }
    /// Of the type; of a temporary by value.
    /// @{
    [[nodiscard]] const Shape& shape() const& noexcept { return type.shape; }
    [[nodiscard]] Shape shape() && noexcept { return type.shape; }
    /// @}
    /// All elements in row-major order. T must be the element type.
    template <class T = float>
    [[nodiscard]] std::span<const T> as() const noexcept {
        assert(element_of<T> == type.element);
        return {static_cast<const T*>(data), data ? static_cast<std::size_t>(type.shape.elements()) : 0};
    }
};

/// A tensor that may be written.
struct Tensor {
    void* data = nullptr;  ///< as ConstTensor's
    TensorType type;       ///< likewise

    /// Whether it is there.
    explicit operator bool() const noexcept { return data != nullptr; }
    /// The same tensor, to be read.
    operator ConstTensor() const noexcept { return {data, type}; }
    /// As ConstTensor's.
    /// @{
    [[nodiscard]] const Shape& shape() const& noexcept { return type.shape; }
    [[nodiscard]] Shape shape() && noexcept { return type.shape; }
    /// @}
    /// All elements in row-major order. T must be the element type.
    template <class T = float>
    [[nodiscard]] std::span<T> as() const noexcept {
        assert(element_of<T> == type.element);
        return {static_cast<T*>(data), data ? static_cast<std::size_t>(type.shape.elements()) : 0};
    }
};

/// A tensor with memory of its own. libplexus allocates and frees it, whichever library holds it. Starts as zeros.
class PLEXUS_API Array {
public:
    Array() = default;
    /// Throws std::bad_alloc where there is not that much memory.
    explicit Array(const TensorType& type);
    Array(const Array& other);
    Array(Array&& other) noexcept;
    Array& operator=(Array other) noexcept;
    ~Array();

    /// Of a moved-from or default-constructed one: that of an absent tensor.
    /// @{
    [[nodiscard]] const TensorType& type() const noexcept { return view_.type; }
    [[nodiscard]] const Shape& shape() const noexcept { return view_.type.shape; }
    /// @}
    /// Valid until the array is assigned to, moved from or destroyed.
    /// @{
    [[nodiscard]] Tensor view() noexcept { return view_; }
    [[nodiscard]] ConstTensor view() const noexcept { return view_; }
    template <class T = float>
    [[nodiscard]] std::span<T> as() noexcept {
        return view_.as<T>();
    }
    template <class T = float>
    [[nodiscard]] std::span<const T> as() const noexcept {
        return view().as<T>();
    }
    /// @}
    /// The same elements under another shape of as many elements.
    void reshape(const Shape& shape);

private:
    Tensor view_;
};

}  // namespace plexus

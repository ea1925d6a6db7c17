// What gan and conditional_gan have in common: attributes, and the phases in which two networks play against each
// other.
#pragma once
#include <string>

#include "image_text.hpp"

namespace plexus::models {

class AdversarialText {
public:
    /// All attributes but those of classes.
    static void declare(Schema& schema);
    explicit AdversarialText(const Attributes& a);

    /// From numbers to an image in [-1, 1], and from an image to a logit: what has been added before comes first.
    void add_generator(const NetworkText& before);
    void add_discriminator(const NetworkText& before);

    /// Phases `discriminator` and `generator`. `label` is a tensor that each call reads beside noise or image; empty:
    /// none.
    [[nodiscard]] Value program(const std::string& label) const;

    [[nodiscard]] const ImageText& image() const noexcept { return image_; }

private:
    [[nodiscard]] Value loss(const char* name, const char* input, bool is_real) const;
    [[nodiscard]] Value metric(const char* name, const char* input, bool is_real) const;

    const Attributes& attributes_;
    ImageText image_;
    std::string loss_;
    PhasesText networks_;
};

}  // namespace plexus::models

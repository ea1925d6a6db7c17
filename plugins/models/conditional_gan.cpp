#include "adversarial_text.hpp"
#include "models.hpp"

namespace plexus::models {
namespace {

/// Mirza and Osindero 2014, arXiv 1411.1784: a `gan` of which one can ask for a class. Both networks read it as their
/// second input and learn a vector for each class: the generator's stands beside the noise, the discriminator's is one
/// more channel of the image. A fake is judged as the class of the real image at its place in the batch.
Value conditional_gan(const Attributes& a) {
    AdversarialText program{a};
    NetworkText generator, discriminator;
    const auto add_class = [&](NetworkText& network, std::int64_t size) {
        network.add("embedding", "class",
                    {{"input_dim", a.get<std::int64_t>("classes")}, {"output_dim", size}, {"inputs", "input.1"}});
    };
    add_class(generator, a.get<std::int64_t>("class_size"));
    generator.add("concatenate", "noise_and_class", {{"inputs", Value::List{"input", "class"}}});
    const std::int64_t rows = program.image().rows(), columns = program.image().columns();
    add_class(discriminator, rows * columns);
    discriminator.add("reshape", "class_plane", {{"target_shape", Value::List{rows, columns, 1}}});
    discriminator.add("concatenate", "image_and_class", {{"inputs", Value::List{"input", "class_plane"}}});
    program.add_generator(generator);
    program.add_discriminator(discriminator);
    return program.program(a.get<std::string>("label"));
}

}  // namespace

void add_conditional_gan(Registry& registry) {
    Schema& schema = registry.model("conditional_gan", "A generator that is told what to make, and a discriminator",
                                    conditional_gan);
    schema.required("classes", AttributeSpec::Form::integer, "how many classes there are")
        .at_least(1)
        .attribute("class_size", 50, "numbers of the generator's vector of a class")
        .at_least(1)
        .attribute("label", "label", "the tensor of the data that has the classes");
    AdversarialText::declare(schema);
}

}  // namespace plexus::models

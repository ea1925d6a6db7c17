#include <doctest/doctest.h>

#include <string>

#include "tests/plugins/fixture.hpp"
#include "tests/plugins/made.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("resampling: values and gradients agree with PyTorch and with central differences") {
    const Fixture torch("image_layers");
    struct Case {
        const char* name;
        const char* type;
        const char* attributes;
        Shape output;
    };
    for (const Case& given :
         {Case{"nearest", "upsampling2d", "{size: [2, 3]}", {2, 8, 15, 3}},
          Case{"bilinear", "upsampling2d", "{size: [2, 3], interpolation: bilinear}", {2, 8, 15, 3}},
          Case{"zeros", "zero_padding2d", "{padding: [[0, 2], [3, 1]]}", {2, 6, 9, 3}},
          Case{"reflection", "reflection_padding2d", "{padding: [[0, 2], [3, 1]]}", {2, 6, 9, 3}}}) {
        CAPTURE(given.name);
        LayerUnderTest layer{given.type, given.attributes, {{{2, 4, 5, 3}, Element::float32}}};
        const std::string name = given.name;
        torch.copy("x", layer.input(0).as());
        CHECK(layer.output().shape() == given.output);
        torch.copy(name + ".dy", layer.output_gradient().as());
        layer.run();
        CHECK(largest_error(layer.output().as(), torch[name + ".y"]) < 1e-6);
        CHECK(largest_error(layer.input_gradient().as(), torch[name + ".dx"]) < 1e-5);
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("resampling: padding may be one number, or one of rows and one of columns") {
    for (const auto& [attributes, shape] :
         {std::pair{"", Shape{1, 6, 7, 1}}, std::pair{"{padding: 2}", Shape{1, 8, 9, 1}},
          std::pair{"{padding: [0, 3]}", Shape{1, 4, 11, 1}}}) {
        CAPTURE(attributes);
        LayerUnderTest layer{"zero_padding2d", attributes, {{{1, 4, 5, 1}, Element::float32}}};
        CHECK(layer.output().shape() == shape);
    }
}

TEST_CASE("resampling: what cannot be is refused") {
    const TensorType image{{1, 4, 5, 1}, Element::float32};
    CHECK(refusal(Kind::layer, "reflection_padding2d", "{padding: [1, 5]}", {image}) ==
          "test:1:2: reflection_padding2d 'reflection_padding2d': input has shape [1, 4, 5, 1] (from the data); 5 "
          "columns "
          "cannot be reflected in an image of 5: the padding must be smaller");
    CHECK(refusal(Kind::layer, "zero_padding2d", "{padding: [1, -1]}", {image})
              .ends_with("'padding' is [1, -1]; it may be a whole number, [rows, columns], or [[top, bottom], [left, "
                         "right]]"));
    CHECK(refusal(Kind::layer, "upsampling2d", "{size: 0}", {image})
              .ends_with("'size' has a 0; it must be from 1 to 1024"));
    CHECK(refusal(Kind::layer, "upsampling2d", "{interpolation: linear}", {image}).find("bilinear") !=
          std::string::npos);
    CHECK(refusal(Kind::layer, "upsampling2d", "", {{{1, 4}, Element::float32}})
              .ends_with("upsampling2d wants [batch, rows, columns, channels]"));
}

#include "core/diagnostic/nearest.hpp"

#include <doctest/doctest.h>

using namespace plexus;

TEST_CASE("nearest: one letter that is wrong, missing, added or swapped is near") {
    const std::vector<std::string> names{"filters", "kernel_size", "strides", "padding", "use_bias"};
    for (const char* written : {"filter", "fliters", "filtersx", "filterz", "Filters", "FILTERS"})
        CHECK_MESSAGE(nearest(written, names) == "filters", written);
    for (const char* written : {"kernelsize", "kernel-size", "KernelSize", "kernel_siz", "kernal_size"})
        CHECK_MESSAGE(nearest(written, names) == "kernel_size", written);
}

TEST_CASE("nearest: what differs much is not near") {
    const std::vector<std::string> names{"filters", "rate", "a"};
    for (const char* written : {"", "units", "b", "learning", "foo"})
        CHECK_MESSAGE(nearest(written, names).empty(), written);
    CHECK(nearest("name", {}).empty());
}

TEST_CASE("nearest: the beginning of a name is near, and Keras's class names are") {
    const std::vector<std::string> names{"batch_normalization", "max_pool2d", "conv2d"};
    CHECK(nearest("batch_norm", names) == "batch_normalization");
    CHECK(nearest("BatchNormalization", names) == "batch_normalization");
    CHECK(nearest("MaxPooling2D", names) == "max_pool2d");
    CHECK(nearest("Conv2D", names) == "conv2d");
}

TEST_CASE("nearest: of equally near names the first is taken, of long ones only the beginning is compared") {
    const std::vector<std::string> names{"beta_1", "beta_2"};
    CHECK(nearest("beta_3", names) == "beta_1");
    CHECK(nearest(std::string(100000, 'x'), names).empty());
}

TEST_CASE("nearest: the end of a message suggests, or lists what there is") {
    const std::vector<std::string> names{"epochs", "batch"};
    CHECK(suggestion("epoch", names, "it has") == "; did you mean 'epochs'?");
    CHECK(suggestion("colour", names, "it has") == "; it has epochs, batch");
    CHECK(suggestion("colour", std::vector<std::string>(12, "aa"), "it has") ==
          "; it has aa, aa, aa, aa, aa, aa, aa, aa, aa, aa, ...");
    CHECK(suggestion("colour", {}, "it has").empty());
    CHECK(alternatives(std::vector<std::string>{"a", "b", "c"}) == "a, b or c");
}

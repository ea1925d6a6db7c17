// A change of a program from outside its file.
#pragma once
#include <string>

namespace plexus {

/// `--set PATH=VALUE`: applied before templates expand; list items are addressed by node name
/// ("network.conv1.filters=16") or, where nothing has that name, by number from 0.
struct Override {
    std::string path;   ///< "train.optimizer.sgd.momentum"
    std::string value;  ///< as YAML
};

}  // namespace plexus

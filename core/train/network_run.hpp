// One network of a program by itself: fed with tensors, in inference.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/execute/executor.hpp"
#include "core/train/session.hpp"

namespace plexus {

class NetworkRun {
public:
    /// Of a network that some phase calls; its inputs have the types that the first call gives them. Where a loss reads
    /// what the network puts out, and says what makes that readable (probabilities of logits), this is done to it.
    /// Throws InputError for a network that there is not.
    NetworkRun(const Environment& environment, const Session& session, const std::string& network, std::int64_t batch,
               Executor& executor);

    [[nodiscard]] const std::string& network() const noexcept { return network_; }
    /// Of one sample each.
    [[nodiscard]] const std::vector<TensorType>& inputs() const noexcept { return inputs_; }
    [[nodiscard]] const TensorType& output() const noexcept { return output_; }
    /// Whether something was done to the network's own output.
    [[nodiscard]] bool is_readable() const noexcept { return is_readable_; }

    /// The weights to go on with, as they lie for the program's model.
    void take(const Model& from, const std::byte* parameters, const std::byte* states);
    /// [N, ...] per input, of any N; gives [N, ...].
    [[nodiscard]] Array run(std::span<const Array> inputs);

private:
    void run_batch(std::span<const Array> inputs, std::size_t first, std::size_t count, Array& out);

    std::string network_;
    std::vector<TensorType> inputs_;
    TensorType output_;
    bool is_readable_ = false;
    Executor& executor_;
    std::unique_ptr<Model> model_;
    Plan plan_;
    Memory parameters_, states_, derived_, batch_;
};

}  // namespace plexus

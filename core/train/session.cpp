#include "core/train/session.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/diagnostic/nearest.hpp"
#include "core/plan/passes.hpp"
#include "core/plugin/types.hpp"
#include "core/train/optimizers.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

/// What `data.holdout` asks for. Of streams, the same number of samples is held out.
std::size_t asked_holdout(const DataText& data, double asked, std::size_t samples, std::size_t streams) {
    const double holdout = asked < 1 ? std::floor(asked * static_cast<double>(samples)) : asked;
    if (holdout >= static_cast<double>(samples))
        throw InputError(data.position, text("data.holdout asks for ", holdout, " samples, but the source has ",
                                             samples, "; leave some to train on"));
    const auto held = static_cast<std::size_t>(holdout);
    if (streams == 0 || held % streams == 0)
        return held;
    if (asked >= 1)
        throw InputError(data.position, text("data.holdout asks for ", holdout, " samples of ", streams,
                                             " streams; make it a multiple of ", streams, ", or a fraction below 1"));
    return held - held % streams;
}

/// The last samples that the program asks for; where it says nothing, those that the data set itself holds out.
Split split_of(const DataText& data, const Dataset& source) {
    const std::size_t samples = source.size();
    const std::size_t held =
        data.holdout ? asked_holdout(data, *data.holdout, samples, source.streams()) : source.held_out();
    if (held >= samples)
        throw InputError(data.source.position, text("the data set holds out ", held, " of its ", samples,
                                                    " samples; some must be left to train on"));
    return {samples - held, held};
}

/// A class that both have must have one number. The test data may lack the last ones.
void same_classes(const Session& session) {
    const std::vector<std::string> source = session.source->classes();
    const std::vector<std::string> test = session.test->classes();
    if (source.empty() || test.empty())
        return;
    const auto [a, b] = std::mismatch(source.begin(), source.end(), test.begin(), test.end());
    if (b == test.end())
        return;
    const auto of_source = a == source.end() ? std::string("none") : text("'", *a, "'");
    throw InputError(session.program.data.test->position,
                     text("class ", b - test.begin(), " of data.test is '", *b, "', of data.source ", of_source,
                          "; both must number their classes alike: give both the same, where '",
                          session.program.data.test->type, "' has an attribute for them"));
}

void same_tensors(const Session& session) {
    const auto a = session.source->tensors();
    const auto b = session.test->tensors();
    bool same = a.size() == b.size();
    for (std::size_t i = 0; same && i < a.size(); ++i)
        same = a[i].name == b[i].name && a[i].type == b[i].type;
    if (!same)
        throw InputError(session.program.data.test->position,
                         text("data.test has samples of another form than data.source: ",
                              to_string(Value(describe_tensors(b).items.at(0))), " instead of ",
                              to_string(Value(describe_tensors(a).items.at(0)))));
}

/// Whether what a node computes depends on the data, and on nothing that was drawn.
bool reads_data(const Session& session, std::size_t node) {
    const Graph& graph = session.model->graph();
    std::vector<std::size_t> open{node};
    std::vector<bool> seen(graph.size());
    while (!open.empty()) {
        const std::size_t n = open.back();
        open.pop_back();
        if (seen[n])
            continue;
        seen[n] = true;
        if (graph.inputs(n).empty() && !graph.node(n).is_source())
            return false;
        for (const Endpoint& from : graph.inputs(n))
            open.push_back(from.node);
    }
    return true;
}

void build(const Environment& environment, Session& session) {
    const Types& types = environment.types();
    if (!session.program.data.classes.empty())
        session.classes = session.program.data.classes;
    session.parts = build_graph(session.program, session.tensors, types);
    std::vector<TensorType> samples;
    for (const SampleTensor& t : session.tensors)
        samples.push_back(t.type);
    const std::int64_t batch = session.program.train ? session.program.train->batch : 1;
    session.model =
        std::make_unique<Model>(std::move(session.parts.graph), std::move(samples), batch, types, *session.factory);
    if (!session.program.is_short)
        refuse_phases(*session.model, phase_requests(session, {}));
}

}  // namespace

Session open_data(const Environment& environment, Program program) {
    Session session;
    session.program = std::move(program);
    session.factory = environment.types().factory(session.program.folder);
    session.source = environment.types().dataset(session.program.data.source, *session.factory);
    session.source_use = plugin_use(environment.types(), Kind::dataset, session.program.data.source);
    if (session.source->size() == 0)
        throw InputError(session.program.data.source.position, "the data set has no samples");
    session.tensors.assign(session.source->tensors().begin(), session.source->tensors().end());
    session.classes = session.source->classes();
    session.split = split_of(session.program.data, *session.source);
    if (session.program.data.test) {
        session.test = environment.types().dataset(*session.program.data.test, *session.factory);
        session.test_use = plugin_use(environment.types(), Kind::dataset, *session.program.data.test);
        same_tensors(session);
        same_classes(session);
    }
    return session;
}

Session open_session(const Environment& environment, Program program) {
    Session session = open_data(environment, std::move(program));
    build(environment, session);
    return session;
}

Session open_session(const Environment& environment, Program program, std::vector<SampleTensor> tensors,
                     std::vector<std::string> classes) {
    Session session;
    session.program = std::move(program);
    session.factory = environment.types().factory(session.program.folder);
    session.tensors = std::move(tensors);
    session.classes = std::move(classes);
    build(environment, session);
    return session;
}

Endpoint output_of(const Session& session, const std::string& file, const std::string& network) {
    if (session.parts.output && network.empty())
        return *session.parts.output;
    if (session.parts.output)
        throw InputError(text(file, ": its program has one network alone; leave out --network"));
    std::string names;
    for (const ProgramGraph::Call& call : session.parts.calls) {
        if (names.find(text("'", call.network, "'")) == std::string::npos)
            names += text(names.empty() ? "" : ", ", "'", call.network, "'");
        if (call.network == network && reads_data(session, call.output.node))
            return call.output;
    }
    throw InputError(
        network.empty()
            ? text(file, ": its program has several networks: say which with --network; there are ", names)
            : text(file, ": there is no network '", network, "' that is called with the data; there are ", names));
}

Endpoint output_of_node(const Session& session, const std::string& file, const std::string& node) {
    const Graph& graph = session.model->graph();
    std::vector<std::string> names;
    for (std::size_t n = 0; n < graph.size() && session.parts.output; ++n) {
        if (graph.node(n).network.empty())
            continue;
        if (graph.node(n).name == node)
            return {n, 0};
        names.push_back(graph.node(n).name);
    }
    throw InputError(session.parts.output
                         ? text(file, ": there is no node '", node, "'", suggestion(node, names, "there are"))
                         : text(file, ": its program has several networks; --node names a node of one alone"));
}

store::Text describe_tensors(std::span<const SampleTensor> tensors) {
    store::Text text;
    for (const SampleTensor& t : tensors)
        text.items.push_back(plexus::text(t.name, " ", t.type.element, " ", t.type.shape));
    return text;
}

std::vector<SampleTensor> parse_tensors(const store::Text& list, const std::string& file) {
    std::vector<SampleTensor> tensors;
    for (const std::string& item : list.items) {
        const auto refuse = [&] {
            return InputError(text(file, ":/data/tensors: '", item, "' is not of the form 'image uint8 [28, 28, 1]'"));
        };
        const std::size_t first = item.find(' ');
        const std::size_t second = item.find(" [", first + 1);
        if (first == std::string::npos || second == std::string::npos || item.back() != ']')
            throw refuse();
        SampleTensor tensor{item.substr(0, first), {}};
        bool known = false;
        for (const Element e : {Element::float32, Element::float64, Element::int32, Element::uint8})
            if (to_string(e) == item.substr(first + 1, second - first - 1)) {
                tensor.type.element = e;
                known = true;
            }
        std::vector<std::int64_t> sizes;
        const char* at = item.data() + second + 2;
        const char* end = item.data() + item.size() - 1;
        while (known && at < end) {
            std::int64_t size = 0;
            const auto [after, fault] = std::from_chars(at, end, size);
            if (fault != std::errc{} || size < 0 || size > (std::int64_t{1} << 32) ||
                sizes.size() + 2 > Shape::max_rank)
                throw refuse();
            sizes.push_back(size);
            at = after;
            while (at < end && (*at == ',' || *at == ' '))
                ++at;
        }
        if (!known)
            throw refuse();
        tensor.type.shape = Shape(std::span<const std::int64_t>(sizes));
        tensors.push_back(std::move(tensor));
    }
    return tensors;
}

std::string prediction_type(const Environment& environment, const Program& program) {
    const std::vector<JudgeText>& losses = program.phases.front().losses;
    if (!program.is_short || losses.empty())
        return {};
    const Schema* schema = environment.types().find(Kind::loss, losses.front().use.type);
    return schema ? schema->prediction() : std::string{};
}

}  // namespace plexus

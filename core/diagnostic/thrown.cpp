#include "core/diagnostic/thrown.hpp"

#include <exception>
#include <new>

#include "plexus/text.hpp"

namespace plexus {
namespace {

[[noreturn]] void blame(const PluginUse& use, Blame who, const char* what) {
    const std::string message = text(use.title, ": ", what);
    if (who == Blame::input)
        throw InputError(use.position, message);
    throw RunError(use.position, message);
}

}  // namespace

void rethrow_placed(const PluginUse& use, Blame otherwise) {
    try {
        throw;
    } catch (const SampleError& error) {
        throw SampleError(error.sample(), use.position, text(use.title, ": ", error.what()));
    } catch (const InputError& error) {
        if (error.position().known())
            throw;
        blame(use, Blame::input, error.what());
    } catch (const Error& error) {
        if (error.position().known())
            throw;
        blame(use, Blame::run, error.what());
    } catch (const std::bad_alloc&) {
        blame(use, Blame::run, "is out of memory");
    } catch (const std::exception& error) {
        blame(use, otherwise, error.what());
    } catch (...) {
        blame(use, otherwise, "threw something that is no exception");
    }
}

}  // namespace plexus

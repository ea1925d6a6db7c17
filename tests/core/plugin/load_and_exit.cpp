// Loads the plugins of a folder, uses one on a second thread, and ends: for the test that a process ends well.
#include <thread>

#include "core/plugin/types.hpp"
#include "plexus/environment.hpp"

int main(int, char** arguments) {
    const plexus::Environment environment{{.plugin_directories = {arguments[1]}, .search_shipped = false}};
    bool thrown = false;
    std::thread{[&] {
        const plexus::Types& types = environment.types();
        plexus::Value attributes;
        attributes.set("what", "input");
        plexus::Value use;
        use.set("thrower", attributes);
        try {
            (void)types.layer(plexus::Kind::layer, types.resolve(plexus::Kind::layer, use), *types.factory("."));
        } catch (const plexus::InputError&) {
            thrown = true;
        }
    }}.join();
    return thrown ? 0 : 1;
}

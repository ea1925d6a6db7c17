# What Doxygen need not see, for there is nothing to say about it. Lines stay, so that its messages have right numbers.
# Copying, moving and comparing do what they do everywhere.
s/^ *(explicit )?([A-Za-z0-9]+)\((const )?\2 ?&&?( other)?\)( noexcept)?( = (default|delete))?;.*//
s/^ *[A-Za-z0-9:]+& operator=\(.*\)( noexcept)?( = (default|delete))?;.*//
s/^ *friend (PLEXUS_API )?bool operator==.*//
s/^ *[A-Za-z0-9]+\(\) = default;//
s/^ *~[A-Za-z0-9]+\(\).*;//
# Contexts are made by the framework, and their insides are its own.
s/^ *explicit [A-Za-z]+Context\(.*//
s/^ *using StepContext::StepContext;//
s/^    const StepState& state_;//
# Exceptions take their bases' constructors.
s/^ *using (Run)?Error::(Run)?Error;//
# Specialisations of a template that is documented.
s/^template <>$//
s/^PLEXUS_API .* Attributes::get<.*//
s/^inline constexpr Element element_of<.*//

#pragma once

#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands/line/relations.h"

namespace mscomm {

struct CommonOptions;
struct Context;

/// A command's options while they are declared: CLI11's parser, and what CLI11 cannot express:
/// their relations, which of them may be empty, and which name files to read.
class CommandLine {
 public:
  explicit CommandLine(CLI::App& app, const CommonOptions* common = nullptr)
      : app_(app), common_options_(common) {}
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine() = default;

  [[nodiscard]] CLI::App& app() const { return app_; }
  /// The options that every command has, for one that reads them when it runs; nullptr outside of
  /// a command.
  [[nodiscard]] const CommonOptions* common_options() const { return common_options_; }
  [[nodiscard]] const Relations& relations() const { return relations_; }

  /// Called with each option when it is declared.
  void add(const CLI::Option& option);
  void relate(const CLI::Option& option, Relation relation) {
    relations_.emplace_back(&option, std::move(relation));
  }

  /// Lets the option have an empty value, which is refused otherwise: it is what an unset shell
  /// variable gives.
  void allow_empty(const CLI::Option& option) { may_be_empty_.insert(&option); }
  [[nodiscard]] bool may_be_empty(const CLI::Option& option) const {
    return may_be_empty_.contains(&option);
  }

  /// What an option names is read when the command runs, for then there are a deadline and a stop
  /// signal.
  using ReadFile = std::function<void(const Context&)>;
  void read_later(ReadFile read) { files_.push_back(std::move(read)); }
  /// Reads the files of the options that were given. Throws what reading throws.
  void read_files(const Context& context);

  /// Gives this relation to every option that `declare` declares.
  template <class Declare>
  void each(const Relation& relation, const Declare& declare) {
    common_.push_back(relation);
    declare();
    common_.pop_back();
  }

 private:
  CLI::App& app_;
  const CommonOptions* common_options_;
  Relations relations_;
  std::vector<Relation> common_;
  std::set<const CLI::Option*> may_be_empty_;
  std::vector<ReadFile> files_;
};

/// An option just declared; its members add relations and traits.
class DeclaredOption {
 public:
  using Names = std::initializer_list<std::string_view>;

  DeclaredOption(CommandLine& line, CLI::Option& option) : line_(line), option_(option) {}

  /// See Relation, also for how other options are written.
  DeclaredOption needs(Names one_of, std::string_view hint = {}) {
    line_.relate(option_, {Relation::Kind::needs, one_of, hint});
    return *this;
  }
  DeclaredOption excludes(Names others, std::string_view hint = {}, Names unless = {}) {
    line_.relate(option_, {Relation::Kind::excludes, others, hint, unless});
    return *this;
  }

  /// The same, and a weaker source's option does not give way: see Relation::insists.
  DeclaredOption clashes_with(Names others, std::string_view hint = {}) {
    line_.relate(option_, {Relation::Kind::excludes, others, hint, {}, true});
    return *this;
  }

  /// The default that help shows, when it differs from the target's own text.
  DeclaredOption defaults_to(const std::string& shown);
  /// An empty value is allowed; the help says with '' what it means.
  DeclaredOption may_be_empty();
  /// Neither the environment nor a profile may give it.
  DeclaredOption only_on_the_line();

 private:
  CommandLine& line_;
  CLI::Option& option_;
};

}  // namespace mscomm

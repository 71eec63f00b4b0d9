"""The checks find what they are there to find."""

import unittest

import function_length
import sources


def lengths(text):
    return {function.name: function.lines for function in function_length.functions("x.cpp", text)}


class FunctionLength(unittest.TestCase):
    def test_counts_from_the_signature_to_the_brace(self):
        self.assertEqual(lengths("int f(int a,\n      int b) {\n  return a;\n}\n"), {"f": 4})
        self.assertEqual(lengths("int f() { return 1; }\nint g();\n"), {"f": 1})

    def test_looks_into_scopes_and_past_values(self):
        text = "namespace a {\nstruct S : B {\n  int x = {1};\n  S() : b_{2}, c_(3) {\n  }\n" \
               "  bool operator==(const S& o) const { return true; }\n};\nint t[] = {\n1,\n2};\n}\n"
        self.assertEqual(lengths(text), {"S": 2, "operator==": 1})

    def test_is_not_misled_by_braces_that_are_none(self):
        text = "// {\nvoid f() {\n  char c = '{'; auto s = \"}{\";  /* { */\n  auto r = R\"x({{)x\";\n}\n" \
               "#define M(x) { \\\n  {\nvoid Foo::g() { if (a) { [&] { b(); }(); } }\n"
        self.assertEqual(lengths(text), {"f": 4, "Foo::g": 1})


class Includes(unittest.TestCase):
    def check(self, path, name, quoted=True):
        return sources.check_include(path, name, quoted)

    def test_layers(self):
        self.assertIsNone(self.check("bgworker/launcher/launcher.cpp", "core/base/status.hpp"))
        self.assertIsNone(self.check("src/core/types/value.hpp", "core/base/status.hpp"))
        self.assertIn("must not include", self.check("src/core/base/x.cpp", "core/types/value.hpp"))
        self.assertIn("must not include", self.check("src/core/ddl/x.cpp", "core/binlog/event.hpp"))
        self.assertIn("must not include", self.check("src/apply/x.cpp", "source/connection.hpp"))
        self.assertIn("must not include", self.check("src/source/x.cpp", "pg/guard.hpp"))
        self.assertIsNone(self.check("bgworker/task/x.cpp", "bgworker/stream/change_stream.hpp"))
        self.assertIn("must not include", self.check("bgworker/catalog/x.cpp", "bgworker/worker/worker_runtime.hpp"))
        self.assertIn("must not include", self.check("bgworker/precheck/x.cpp", "bgworker/stream/change_stream.hpp"))

    def test_parts_of_the_stream(self):
        self.assertIsNone(self.check("bgworker/stream/migrations.cpp", "bgworker/stream/alter_carrier.hpp"))
        self.assertIn("must not know",
                      self.check("bgworker/stream/alter_carrier.cpp", "bgworker/stream/migrations.hpp"))
        self.assertIn("no place in the order",
                      self.check("bgworker/stream/unheard_of.cpp", "bgworker/stream/migrations.hpp"))

    def test_headers_of_the_two_worlds(self):
        self.assertIsNone(self.check("src/source/x.cpp", "mysql.h", quoted=False))
        self.assertIsNone(self.check("src/pg/compat/x.hpp", "postgres.h"))
        self.assertIsNone(self.check("src/fdw/x.cpp", "utils/date.h"))
        self.assertIsNotNone(self.check("src/fdw/x.cpp", "mysql.h", quoted=False))
        self.assertIsNotNone(self.check("src/fdw/x.cpp", "postgres.h"))
        self.assertIsNotNone(self.check("src/core/base/x.cpp", "utils/date.h"))

    def test_versions_and_addresses(self):
        self.assertTrue(sources.VERSION_IF.match("#if PG_VERSION_NUM >= 130000"))
        self.assertFalse(sources.VERSION_IF.match("#if MYSQL_SYNC_HAS_UPPER_PATHS"))
        self.assertEqual(sources.FILE_NAME.findall("see a.hpp and docs/b.md, not c.cc"), ["a.hpp", "docs/b.md"])
        self.assertEqual(sources.STEM.findall("`a_b`, `C_D`, `plain`"), ["a_b"])
        self.assertTrue(sources.ADDRESS.search("from mirror.example" + ".org"))
        self.assertFalse(sources.ADDRESS.search("task.cpp, std::string, a.b.c"))


if __name__ == "__main__":
    unittest.main()

import ModuleKit
import Modules
print(Registry.linked().names, Registry.linked().refusals)
